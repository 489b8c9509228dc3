/* The names of the protocols, for tables of options. */
#ifndef FERI_DATA_PROTOCOL_H
#define FERI_DATA_PROTOCOL_H

/** In the order of fer_protocol; ends with NULL. */
extern const char *const feri_protocol_words[];

#endif
