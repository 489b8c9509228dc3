#!/bin/sh
# python/libfer/_abi.py must be what tools/python_abi.py makes of tests/api/abi.txt.
cd "$(dirname "$0")/../.." || exit 1
python3 -B tools/python_abi.py --check && echo "ok python: _abi.py is up to date"
