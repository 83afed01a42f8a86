/* Prints shared/base/operations.c, a line a row, for the test that holds docs/asyncapi.yaml against
 * it. */

#include <stdio.h>

#include "shared/base/operations.h"

int main(void)
{
    for (size_t i = 0; i < tc_operations_count; i++) {
        const struct tc_operation *op = &tc_operations[i];
        const char *answer = op->answer != NULL ? op->answer : "-";
        const char *id = op->flags & TC_OP_QUIET ? "quiet" : "answered";
        printf("%s %s %s %s\n", op->type, answer, op->failure, id);
    }
    return 0;
}
