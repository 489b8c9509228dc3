exits 0 "12 images, " "$FER" data info "$FAULT/set.csv"
sed 's/\\/\\no\\/' "$FAULT/set.csv" >gone.csv
exits 1 "12 x missing image, the first: " "$FER" data info gone.csv
