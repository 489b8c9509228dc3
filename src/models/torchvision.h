/* Renames weights of torchvision's networks to our names. */
#ifndef FERI_MODELS_TORCHVISION_H
#define FERI_MODELS_TORCHVISION_H

#include "models/families.h"

/** Rename the first twelve convolutions and batch norms of torchvision's vgg19_bn (features.0.weight ...) to the names
 * of VCCT's backbone (vgg.block1.0.convblock.0.weight ...) and remove the network's other tensors. Another network with
 * such names is FER_ERR_SHAPE. Without any features.* nothing happens. */
fer_status feri_torchvision_vgg19_bn(struct feri_tensors *t, struct feri_foreign *out, fer_error *err);

#endif
