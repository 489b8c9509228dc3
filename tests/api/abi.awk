# Makes a C program out of the preprocessed public headers. The program prints every public structure with the offset,
# size and type of its members, every enumeration constant, and every function's prototype without parameter names. It
# also compares the sizes with fer_abi_size().

function trim(s) {
    gsub(/[ \t\n]+/, " ", s)
    sub(/^ /, "", s)
    sub(/ $/, "", s)
    return s
}

# A declarator such as "*const *names[4]": sets name, returns it without its name.
function nameless(d) {
    match(d, /[A-Za-z_][A-Za-z0-9_]*( ?\[[^]]*\])*$/)
    name = substr(d, RSTART)
    sub(/ ?\[.*/, "", name)
    return trim(substr(d, 1, RSTART - 1) substr(d, RSTART + length(name)))
}

function member(struct, type) {
    printf "    printf(\"%s.%s offset %%zu size %%zu type %s\\n\", offsetof(%s, %s), sizeof(((%s *)0)->%s));\n",
           struct, name, type, struct, name, struct, name
}

function members(struct, body,    n, i, k, list, parts, d, base) {
    n = split(body, list, ";")
    for (i = 1; i <= n; i++) {
        d = trim(list[i])
        if (d == "") continue
        if (match(d, /\(\*[a-z_]+\)/)) { # a pointer to a function
            name = substr(d, RSTART + 2, RLENGTH - 3)
            member(struct, substr(d, 1, RSTART + 1) substr(d, RSTART + RLENGTH - 1))
            continue
        }
        k = split(d, parts, ",")
        base = trim(parts[1])
        if (match(base, /\*/)) parts[1] = substr(base, RSTART)
        else {
            match(base, /[A-Za-z_][A-Za-z0-9_]*( ?\[[^]]*\])*$/)
            parts[1] = substr(base, RSTART)
        }
        base = trim(substr(base, 1, RSTART - 1))
        for (d = 1; d <= k; d++) member(struct, trim(base " " nameless(trim(parts[d]))))
    }
}

function constants(body,    n, i, list) {
    n = split(body, list, ",")
    for (i = 1; i <= n; i++) {
        name = trim(list[i])
        sub(/ ?=.*/, "", name)
        if (name != "") printf "    printf(\"constant %s %%d\\n\", (int)%s);\n", name, name
    }
}

function prototype(s,    open, n, i, list, p, text) {
    open = index(s, "(")
    text = substr(s, 1, open)
    n = split(substr(s, open + 1, length(s) - open - 1), list, ",")
    for (i = 1; i <= n; i++) {
        p = trim(list[i])
        if (p ~ / |\*/) p = nameless(p)
        text = text (i > 1 ? ", " : "") p
    }
    printf "    puts(\"%s)\");\n", text
}

function declaration(s,    open, body, close_at) {
    s = trim(s)
    if (s ~ /^typedef struct [a-z0-9_]+ [a-z0-9_]+$/ || s == "") return
    open = index(s, "{")
    if (open == 0) {
        prototype(s)
        return
    }
    match(s, /}[^}]*$/)
    close_at = RSTART
    body = substr(s, open + 1, close_at - open - 1)
    if (s ~ /^(typedef )?enum/) {
        constants(body)
        return
    }
    name = trim(substr(s, close_at + 1))
    printf "    printf(\"%s size %%zu\\n\", sizeof(%s));\n", name, name
    printf "    differs |= differs_from_library(\"%s\", sizeof(%s));\n", name, name
    members(name, body)
}

BEGIN {
    print "#include \"fer/fer.h\""
    print "#include <stddef.h>"
    print "#include <stdio.h>"
    print "#ifdef WITH_LIBRARY"
    print "static int differs_from_library(const char *type, size_t size)"
    print "{"
    print "    if (fer_abi_size(type) == size) return 0;"
    print "    fprintf(stderr, \"fer_abi_size(\\\"%s\\\") is %zu, expected %zu: see src/api/abi.c\\n\", type, fer_abi_size(type), size);"
    print "    return 1;"
    print "}"
    print "#else"
    print "#define differs_from_library(type, size) 0"
    print "#endif"
    print "int main(void)"
    print "{"
    print "    int differs = 0;"
}

/^#/ { ours = $3 ~ /\/fer\/[a-z]+\.h"$/; next }
!ours { next }
{
    gsub(/__attribute__ *\(\(visibility\("default"\)\)\)/, "")
    line = $0
    while (length(line)) {
        c = substr(line, 1, 1)
        line = substr(line, 2)
        if (c == "{") depth++
        if (c == "}") depth--
        if (c == ";" && depth == 0) {
            declaration(text)
            text = ""
        } else text = text c
    }
    text = text " "
}

END {
    print "    return differs;"
    print "}"
}
