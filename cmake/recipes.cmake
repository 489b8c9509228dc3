# The recipes as C strings, so that an installed command can compare runs with them too.
file(GLOB FER_RECIPES CONFIGURE_DEPENDS recipes/*.recipe)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FER_RECIPES})
set(FER_SHIPPED_RECIPES ${PROJECT_BINARY_DIR}/shipped_recipes.c)
set(rows "")
foreach(recipe ${FER_RECIPES})
    get_filename_component(name ${recipe} NAME_WLE)
    file(READ ${recipe} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
    string(APPEND rows "    {\"${name}\",\n     \"${text}\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${FER_SHIPPED_RECIPES} @ONLY CONTENT
"#include \"runs/shipped_recipes.h\"

#include <stddef.h>

const struct shipped_recipe shipped_recipes[] = {
@rows@    {NULL, NULL},
};
")
