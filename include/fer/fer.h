/**
 * @file fer/fer.h
 * libfer: facial expression recognition. This header includes all others.
 */
#ifndef FER_FER_H
#define FER_FER_H

#include "fer/abi.h"
#include "fer/augment.h"
#include "fer/base.h"
#include "fer/bench.h"
#include "fer/data.h"
#include "fer/detect.h"
#include "fer/eval.h"
#include "fer/explain.h"
#include "fer/face.h"
#include "fer/image.h"
#include "fer/label.h"
#include "fer/model.h"
#include "fer/npy.h"
#include "fer/options.h"
#include "fer/pipeline.h"
#include "fer/ranks.h"
#include "fer/train.h"
#include "fer/video.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The library's version, such as "0.2.0". Never NULL. */
FER_API const char *fer_version(void);

#ifdef __cplusplus
}
#endif
#endif
