#!/bin/sh
# Every C file must be as .clang-format says, and no line of prose in Markdown may be longer than 120 columns.
# Versions of clang-format differ in small things, so only the version that formatted the tree decides.
set -u
cd "$(dirname "$0")/../.."
version=14
width=120
bad=0

# The files that git knows and new ones it does not ignore; without git, all files below the source folders.
files() { # pattern ...
    if [ -e .git ]; then
        git ls-files --cached --others --exclude-standard -- "$@"
    else
        for pattern in "$@"; do find . -path './build*' -prune -o -name "$pattern" -print; done
    fi | while read -r file; do [ -f "$file" ] && echo "$file"; done
}

formatter=
for candidate in "clang-format-$version" clang-format; do
    "$candidate" --version 2>/dev/null | grep -q "version $version\." && formatter=$candidate && break
done
if [ -n "$formatter" ]; then
    files '*.c' '*.h' | xargs "$formatter" --dry-run -Werror || bad=1
else
    echo "format of C files: left out (needs clang-format $version)"
fi

# Tables, code blocks and lines that are one long link cannot be wrapped. Not every awk knows UTF-8, so all count bytes,
# without those that continue a character.
files '*.md' | while read -r file; do
    LC_ALL=C awk -v width=$width -v file="$file" '
        /^ *```/ { code = !code }
        code || /^ *\|/ || /^    / { next }
        { gsub(/[\200-\277]/, "") }
        length($0) > width && substr($0, 1, width) ~ /[^ ] +[^ ]/ { print file ":" FNR ": longer than " width " columns" }' "$file"
done | grep . && bad=1

exit $bad
