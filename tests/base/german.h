/* A program whose decimal sign is a comma. */
#ifndef GERMAN_H
#define GERMAN_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* Create the locale, which few machines have, in a directory that is removed after loading it. */
static void speak_german(void)
{
    char dir[] = "/tmp/fer-locale-XXXXXX", command[200];
    assert_non_null(mkdtemp(dir));
    snprintf(command, sizeof command, "localedef --no-archive -c -i de_DE -f UTF-8 %s/de_DE.UTF-8", dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(setenv("LOCPATH", dir, 1), 0);
    assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
    assert_string_equal(localeconv()->decimal_point, ",");
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

#endif
