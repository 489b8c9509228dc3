for film in out.gif out.webm out.avi out; do
    exits 2 "what is written would not be what the name says" "$FER" video --annotate $film "$FAULT/one.mp4"
    [ ! -e $film ] || failures=1
done
