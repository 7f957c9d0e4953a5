/* An object with the properties that a client sees: those that came, those that a live value of its kind has, and where it came from. */
#ifndef CLI_FORMAT_OBJECT_H
#define CLI_FORMAT_OBJECT_H

#include "cli/origin.h"

/** @value, or a value in @a that is it with more members; NULL when memory is short. */
const struct psrp_value *cli_object_of(struct icm_arena *a, const struct psrp_value *value, const struct cli_origin *from);

/** An entry of a dictionary as the object that it is when a console goes through it; what is noted is the dictionary's. */
const struct psrp_value *cli_object_of_entry(struct icm_arena *a, const struct psrp_entry *entry);

struct cli_object_property {
    struct icm_slice name;
    size_t order;
};

/** Every property of @object once, adapted ones first, but of a copy from the wire last; NULL where there are none (or memory is short).
 *  In @a. */
struct cli_object_property *cli_object_properties(struct icm_arena *a, const struct psrp_value *object, size_t *count);

/** Whether it has any that remoting did not put there. */
bool cli_object_has_own(const struct psrp_value *object);

/** Whether its computer is to be told, and whether it says anything about that. */
bool cli_object_shows_computer(const struct psrp_value *object);
bool cli_object_has_show_note(const struct psrp_value *object);

#endif
