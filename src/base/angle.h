/* Pi, which C11 does not have. */
#ifndef FERI_BASE_ANGLE_H
#define FERI_BASE_ANGLE_H

#define FERI_PI 3.14159265358979323846

#endif
