/* Input objects for many computers, each of which takes all of them at its own pace: the queue is input_queue.h's, and text becomes its
 * objects here. Text comes in pieces. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/input_queue.h"
#include "cli/options.h"

enum { CLI_INPUT_LINE_MAX = 64 * 1024 * 1024 };

struct cli_input;

/** For @reader_count readers: so many will begin, or leave without having begun. */
enum icm_code cli_input_new(struct cli_input **out, int format, size_t reader_count, struct icm_error *err);
void cli_input_free(struct cli_input *in); /* NULL is fine */

/** The text goes on: lines, JSON values, or a document of CLIXML, whose objects are there when it has ended. ICM_SYNTAX, ICM_LIMIT: it is not what it should be; the place is named, and what stood in front
 *  of it counts. A failure is final. */
enum icm_code cli_input_feed(struct cli_input *in, struct icm_slice text, struct icm_error *err);

/** The text has ended: a line without its end is one, too. */
enum icm_code cli_input_finish(struct cli_input *in, struct icm_error *err);

/** Instead of text: @value, which is borrowed, is all there is. */
enum icm_code cli_input_give(struct cli_input *in, const struct psrp_value *value, struct icm_error *err);

/** Whether nothing more will come. */
bool cli_input_is_finished(const struct cli_input *in);

/** The objects, for readers to stand in; its reader count is what cli_input_new was given. */
struct cli_queue *cli_input_queue(struct cli_input *in);

/** Whether @r, a reader of them, has taken all that there was and will be. */
bool cli_input_is_over(const struct cli_input *in, const struct cli_queue_reader *r);

#endif
