#include "base/error.h"
#include "fer/fer.h"

#include <string.h>

fer_status fer_abi_check(unsigned abi, fer_error *err)
{
    if (abi == FER_ABI) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "the program was built for version %u of libfer's interface, but this library (libfer %s) has "
                     "version %d: rebuild the program, or install a libfer with version %u",
                     abi, fer_version(), FER_ABI, abi);
}

size_t fer_abi_size(const char *type)
{
#define SIZE(name) \
    if (type && strcmp(type, #name) == 0) return sizeof(name)
    /* Every structure of the public headers. tests/api/abi.sh detects a missing one. */
    SIZE(fer_augment_options);
    SIZE(fer_bench_data_options);
    SIZE(fer_bench_data_result);
    SIZE(fer_bench_node);
    SIZE(fer_bench_options);
    SIZE(fer_bench_result);
    SIZE(fer_calibration);
    SIZE(fer_calibration_bin);
    SIZE(fer_class_metrics);
    SIZE(fer_concordance);
    SIZE(fer_crop);
    SIZE(fer_crop_fit);
    SIZE(fer_data_count);
    SIZE(fer_data_info_options);
    SIZE(fer_data_size);
    SIZE(fer_data_source);
    SIZE(fer_data_summary);
    SIZE(fer_detector_calibration);
    SIZE(fer_detector_epoch);
    SIZE(fer_detector_eval);
    SIZE(fer_detector_eval_options);
    SIZE(fer_detector_options);
    SIZE(fer_detector_train_events);
    SIZE(fer_detector_train_options);
    SIZE(fer_error);
    SIZE(fer_eval_image);
    SIZE(fer_eval_options);
    SIZE(fer_evaluation);
    SIZE(fer_explanation);
    SIZE(fer_face);
    SIZE(fer_interval);
    SIZE(fer_intervals);
    SIZE(fer_label_options);
    SIZE(fer_labels);
    SIZE(fer_load_options);
    SIZE(fer_model_changes);
    SIZE(fer_model_entry);
    SIZE(fer_model_info);
    SIZE(fer_model_options);
    SIZE(fer_npy);
    SIZE(fer_option);
    SIZE(fer_option_table);
    SIZE(fer_pack_options);
    SIZE(fer_pipeline_item);
    SIZE(fer_pipeline_options);
    SIZE(fer_prepare_options);
    SIZE(fer_progress);
    SIZE(fer_quality_calibration);
    SIZE(fer_ranks);
    SIZE(fer_session_options);
    SIZE(fer_tensor_info);
    SIZE(fer_tracker_options);
    SIZE(fer_train_epoch);
    SIZE(fer_train_events);
    SIZE(fer_train_options);
    SIZE(fer_video_frame);
    SIZE(fer_video_info);
    SIZE(fer_video_options);
    SIZE(fer_video_writer_options);
    SIZE(fer_view);
#undef SIZE
    return 0;
}
