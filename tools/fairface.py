"""The main faces of FairFace's training pictures, from a table of boxes and landmarks."""
import csv


def main_faces(path, sure):
    """{picture: [x, y, w, h, score, landmarks...] of its largest face with at least this score}"""
    faces = {}
    with open(path, encoding="utf-8") as f:
        for row in csv.reader(f):
            face = [float(v) for v in row[1:]] if row[0].startswith("train/") else None
            if face and face[4] >= sure and (row[0] not in faces or face[2] * face[3] > faces[row[0]][2] * faces[row[0]][3]):
                faces[row[0]] = face
    return faces
