#!/bin/sh
# tests/shipped.sh FER VALIDATION_TAR [FACES_TAR]: the shipped weights have the accuracy that their model card claims, and know a smile.
set -e
cd "$(dirname "$0")/.."
"$1" predict --format json examples/face.png | grep -q '"label":"happiness"' || { echo "examples/face.png is not seen as happy"; exit 1; }
for protocol in majority all; do
    "$1" eval --data "$2" --protocol $protocol --format json 2>/dev/null | python3 -c "
import json, re, sys
have = json.load(sys.stdin)
card = open('models/README.md').read()
images, accuracy, ece = re.search(r'\| $protocol \| ([0-9,]+) \| ([0-9.]+) %.* \| ([0-9.]+) % \|', card).groups()
print('$protocol', have['images'], 'images, accuracy %.2f %%, claimed %s %%' % (100 * have['accuracy'], accuracy))
print('$protocol calibration error %.2f %%, claimed %s %%' % (100 * have['ece'], ece))
# Another instruction set rounds differently: a few images may change sides.
sys.exit(have['images'] != int(images.replace(',', '')) or abs(100 * have['accuracy'] - float(accuracy)) > 0.1
         or abs(100 * have['ece'] - float(ece)) > 0.2)"
done
"$1" eval --weights libfer-xs --data "$2" --protocol majority --format json 2>/dev/null | python3 -c "
import json, re, sys
accuracy = 100 * json.load(sys.stdin)['accuracy']
claim = float(re.search(r'# Model card: libfer-xs.*?\| as shipped \| ([0-9.]+) %', open('models/README.md').read(), re.S).group(1))
print('libfer-xs: accuracy %.2f %%, claimed %.2f %%' % (accuracy, claim))
sys.exit(abs(accuracy - claim) > 0.1)"
[ -f "${3:-}" ] || exit 0
"$1" eval-detector --data "$3" --threshold 0.8 --format json | python3 -c "
import json, re, sys
have = json.load(sys.stdin)
card = open('models/README.md').read()
row = re.search(r'the default threshold, 0.8 \| (.*) \|', card).group(1).split(' | ')
print('detector:', row, have['recall'], have['false_alarms'], 'false alarms, average precision', have['average_precision'])
off = [abs(100 * have['recall'][size] - float(claim[:-2])) for size, claim in zip(('14', '24', '32', '48'), row)]
sys.exit(max(off) > 1.5 or abs(have['false_alarms'] - int(row[4])) > 2)"
