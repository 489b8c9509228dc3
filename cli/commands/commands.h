/* Every command of fer: one function, in the file of its name. */
#ifndef FER_COMMANDS_COMMANDS_H
#define FER_COMMANDS_COMMANDS_H

int cmd_bench(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_data(int argc, char **argv);
int cmd_camera(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_eval_detector(int argc, char **argv);
int cmd_calibrate_detector(int argc, char **argv);
int cmd_experiment(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_label(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_models(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_train_detector(int argc, char **argv);
int cmd_video(int argc, char **argv);

#endif
