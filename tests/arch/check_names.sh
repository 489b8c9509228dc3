#!/bin/sh
# A struct, a union or an enum is defined once in the whole library: the same name for two things misleads whoever reads
# one of them, and files that see both do not compile.
cd "$(dirname "$0")/../.." || exit 1
names=$(grep -rhoE --include='*.[ch]' '^(typedef )?(struct|union|enum) feri?_[a-z0-9_]+ \{' include src cli | sed 's/^typedef //' | sort)
twice=$(echo "$names" | uniq -d)
[ "$(echo "$names" | wc -l)" -ge 200 ] || { echo "check_names: too few definitions found"; exit 1; }
if [ -n "$twice" ]; then
    echo "$twice" | while read -r name; do grep -rnF --include='*.[ch]' "$name" include src cli; done
    echo "check_names: the names above are defined twice"
    exit 1
fi
echo "ok names: each is defined once"
