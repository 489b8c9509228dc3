"""A study of videos: one recording per participant, one table over all of them.

    python3 video_study.py p01.mp4 p02.mp4 p03.mp4 --out study

Writes study/frames.csv (a row for each face in each frame) and study/participants.csv (a row for each recording:
seconds seen, mean score of each expression, changes of expression per minute). A recording whose frames are in study/
already is not analysed again, and one that fails does not stop the others. Needs pandas."""
import argparse
import os
import sys

import libfer

try:
    import pandas
except ImportError:
    sys.exit("this script needs pandas: pip install pandas, or apt-get install python3-pandas")


def analyse(path, folder, pipeline):
    """The frames of a recording, kept in a file of their own."""
    name = os.path.splitext(os.path.basename(path))[0]
    kept = os.path.join(folder, f"{name}.csv")
    if os.path.exists(kept):
        return pandas.read_csv(kept)
    table = libfer.video(path, pipeline=pipeline).to_dataframe(damaged="warn")
    table.insert(0, "participant", name)
    table.to_csv(kept + ".tmp", index=False)
    os.replace(kept + ".tmp", kept)  # complete, or not there
    return table


def participant_face(table):
    """The face that was seen in most frames; others may have walked through the picture."""
    seen = table[table["success"] == 1]
    if seen.empty:
        return seen
    return seen[seen["face_id"] == seen["face_id"].mode()[0]]


def summary(table, classes):
    face = participant_face(table)
    steps = table["timestamp"].drop_duplicates().diff()
    step = steps.median() if steps.notna().any() else 0.04
    seconds = len(face) * step
    changes = int((face["label"] != face["label"].shift()).sum()) - 1 if len(face) else 0
    means = {c: face[f"{c}_smoothed"].mean() for c in classes}
    return {"participant": table["participant"].iloc[0], "seconds": round(seconds, 3), **means,
            "changes_per_minute": 60 * changes / seconds if seconds else float("nan")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--out", default="study")
    args = parser.parse_args()
    names = [os.path.splitext(os.path.basename(v))[0] for v in args.videos]
    if len(set(names)) < len(names):
        parser.error("two recordings have the same name")
    os.makedirs(os.path.join(args.out, "recordings"), exist_ok=True)

    pipeline = libfer.Pipeline()
    tables = []
    for path in args.videos:
        try:
            tables.append(analyse(path, os.path.join(args.out, "recordings"), pipeline))
        except libfer.Error as e:
            print(e, file=sys.stderr)
    tables = [t for t in tables if len(t)]
    if not tables:
        sys.exit("no recording could be read")

    classes = pipeline.model.classes
    pandas.concat(tables, ignore_index=True).to_csv(os.path.join(args.out, "frames.csv"), index=False)
    participants = pandas.DataFrame([summary(t, classes) for t in tables])
    participants.to_csv(os.path.join(args.out, "participants.csv"), index=False)
    print(participants.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
