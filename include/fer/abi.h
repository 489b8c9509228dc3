/**
 * @file fer/abi.h
 * The version of libfer's binary interface.
 *
 * Before 1.0 public structures and functions may change from one version to the next. A program that was built for
 * other structures would read the wrong bytes, so three checks catch it:
 *
 * - The library's file name carries the number: a program built for version 1 asks for libfer.so.1.
 * - On systems with ELF symbol versions, every function carries it too. The dynamic linker refuses a program that was
 *   built for another version: "version `FER_ABI_1' not found".
 * - A binding, which does not link at build time, calls fer_abi_check() first.
 *
 * Thread safety: both functions may run in any thread.
 */
#ifndef FER_ABI_H
#define FER_ABI_H

#include "fer/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Raised whenever a public structure, enumeration or function changes in a way that an older program would
 * misunderstand. tests/api/abi.txt lists them all. */
#define FER_ABI 7

/** FER_OK if the library has this version of the interface; otherwise FER_ERR_UNSUPPORTED. A binding passes the FER_ABI
 * of the headers that it was written for. This function and fer_error stay as they are in every version. */
FER_API fer_status fer_abi_check(unsigned abi, fer_error *err);

/** The size in bytes of a public structure, such as "fer_face"; 0 for an unknown name. A binding that declares the
 * structures itself can compare each of them. */
FER_API size_t fer_abi_size(const char *type);

#ifdef __cplusplus
}
#endif
#endif
