#!/bin/sh
# No files of src/, cli/ and include/ may include or call each other in a circle. First: does the check see circles?
cd "$(dirname "$0")" || exit 1
proof=$(python3 -B test_circles.py 2>&1) || { echo "$proof"; exit 1; }
python3 -B circles.py
