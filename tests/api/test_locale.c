/* Weights are read and written the same way in every locale of the program. */
#define _POSIX_C_SOURCE 200809L /* setenv, mkdtemp */
#include "fer/fer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "../base/german.h"

#define SHIPPED FER_SOURCE_DIR "/models/default.safetensors"

static size_t save_again(const char *path, char **bytes)
{
    fer_model *m;
    fer_error err = {0};
    if (fer_model_load(SHIPPED, NULL, &m, &err) != FER_OK) fail_msg("%s", err.text);
    if (fer_model_save(m, path, FER_FLOAT16, &err) != FER_OK) fail_msg("%s", err.text);
    fer_model_free(m);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(f);
    rewind(f);
    *bytes = malloc(n);
    assert_int_equal(fread(*bytes, 1, n, f), n);
    fclose(f);
    remove(path);
    return n;
}

static void test_weights_are_the_same_in_german(void **state)
{
    (void)state;
    char *plain, *german;
    size_t n = save_again("plain.safetensors", &plain);
    speak_german();
    assert_int_equal(save_again("german.safetensors", &german), n);
    assert_memory_equal(plain, german, n);
    free(plain);
    free(german);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_weights_are_the_same_in_german)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
