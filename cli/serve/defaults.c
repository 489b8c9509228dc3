#include "serve/serve.h"

struct serve_options serve_defaults(void)
{
    return (struct serve_options){.listen = "127.0.0.1:8080",
                                  .log = true,
                                  .queue = 64,
                                  .batch = 8,
                                  .connections = 1000,
                                  .sessions = 16,
                                  .videos = 2,
                                  .max_body = 32,
                                  .memory = 512,
                                  .max_pixels = 50,
                                  .timeout = 30,
                                  .session_idle = 30,
                                  .drain = 30,
                                  .work = 60};
}
