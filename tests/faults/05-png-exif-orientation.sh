exits 0 '"faces":[{"face_id":1' "$FER" predict --faces all "$FAULT/side.png"
