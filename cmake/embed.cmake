# A file's bytes as a C array: cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=symbol -DORDER=LITTLE_ENDIAN|BIG_ENDIAN -P embed.cmake
# defines `const uint64_t NAME[]` and `const size_t NAME_size` in bytes. Compilers read words eight times as fast as bytes,
# and no assembler is needed, whose directives differ from system to system.
file(READ ${INPUT} bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR size "${digits} / 2")
math(EXPR rest "(16 - ${digits} % 16) % 16")
string(REPEAT 0 ${rest} padding)
string(REPEAT "(..)" 8 word)
if(ORDER STREQUAL BIG_ENDIAN)
    set(value "0x\\1\\2\\3\\4\\5\\6\\7\\8,\n")
else()
    set(value "0x\\8\\7\\6\\5\\4\\3\\2\\1,\n")
endif()
string(REGEX REPLACE "${word}" "${value}" words "${bytes}${padding}")
file(WRITE ${OUTPUT} "#include <stddef.h>
#include <stdint.h>
extern const uint64_t ${NAME}[];
extern const size_t ${NAME}_size;
const size_t ${NAME}_size = ${size};
const uint64_t ${NAME}[] = {\n${words}};\n")
