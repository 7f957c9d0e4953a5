/* The type names of what nearly every message holds: values of those types need no list of their own. */
#include "psrp/value.h"

#define NAME(TEXT)                                                                                                     \
    {                                                                                                                  \
        (const uint8_t *)(TEXT), sizeof(TEXT) - 1                                                                      \
    }
#define LIST(NAMES)                                                                                                    \
    {                                                                                                                  \
        NAMES, ICM_COUNT(NAMES)                                                                                        \
    }

static struct icm_slice custom_object[] = {NAME("System.Management.Automation.PSCustomObject"), NAME("System.Object")};
static struct icm_slice hashtable[] = {NAME("System.Collections.Hashtable"), NAME("System.Object")};
static struct icm_slice ordered[] = {NAME("System.Collections.Specialized.OrderedDictionary"), NAME("System.Object")};
static struct icm_slice array[] = {NAME("System.Object[]"), NAME("System.Array"), NAME("System.Object")};
static struct icm_slice strings[] = {NAME("System.String[]"), NAME("System.Array"), NAME("System.Object")};
static struct icm_slice array_list[] = {NAME("System.Collections.ArrayList"), NAME("System.Object")};
static struct icm_slice error_record[] = {NAME("System.Management.Automation.ErrorRecord"), NAME("System.Object")};

static const struct psrp_type_names lists[] = {
    LIST(custom_object), LIST(hashtable),  LIST(ordered),      LIST(array),
    LIST(strings),       LIST(array_list), LIST(error_record),
};

static bool is_list(const struct psrp_type_names *list, const struct icm_slice *names, size_t count)
{
    if (list->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!icm_slice_equal(list->names[i], names[i]))
            return false;
    return true;
}

const struct psrp_type_names *psrp_type_names_find(const struct icm_slice *names, size_t count)
{
    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        if (is_list(&lists[i], names, count))
            return &lists[i];
    return NULL;
}
