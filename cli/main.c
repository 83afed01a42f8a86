/* tincan: a client for the terminal, and for scripts. docs/tincan.md is its manual. */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/fault.h"
#include "cli/keep.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"

#define COUNT 10
#define USUAL_URL "http://127.0.0.1:8080"

/* Which options a command takes, by their letters below; j, u and t mean something to all. */
static const struct {
    const char *name, *usage;
    command *run;
    int least, most; /* operands */
    const char *options;
} commands[] = {
    {"register", "NAME [--display-name TEXT]", command_register, 1, 1, "d"},
    {"login", "NAME", command_login, 1, 1, ""},
    {"logout", "", command_logout, 0, 0, ""},
    {"groups", "[WORDS] [--mine]", command_groups, 0, 1, "m"},
    {"conversations", "GROUP", command_conversations, 1, 1, ""},
    {"create", "GROUP [--private | --hidden] | GROUP/CONVERSATION", command_create, 1, 1, "ph"},
    {"join", "GROUP", command_join, 1, 1, ""},
    {"leave", "GROUP", command_leave, 1, 1, ""},
    {"send", "GROUP/CONVERSATION [TEXT] [--lines] [--timeout S]", command_send, 1, 2, "lt"},
    {"tail", "GROUP/CONVERSATION [-n N] [-f] [--timeout S]", command_tail, 1, 1, "nft"},
    {"chat", "GROUP/CONVERSATION [-n N] [--timeout S]", command_chat, 1, 1, "nt"},
};

static const struct option long_options[] = {
    {"url", required_argument, NULL, 'u'},     {"json", no_argument, NULL, 'j'},
    {"mine", no_argument, NULL, 'm'},          {"private", no_argument, NULL, 'p'},
    {"hidden", no_argument, NULL, 'h'},        {"lines", no_argument, NULL, 'l'},
    {"timeout", required_argument, NULL, 't'}, {"follow", no_argument, NULL, 'f'},
    {"help", no_argument, NULL, '?' + 256},    {"display-name", required_argument, NULL, 'd'},
    {"version", no_argument, NULL, 'V'},       {0},
};

static void print_usage(FILE *out)
{
    fputs("usage: tincan [--url URL] [--json] COMMAND\n\n", out);
    for (size_t i = 0; i < TC_COUNT(commands); i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].usage);
    fputs("\nA GROUP and a CONVERSATION are named by name or id. Passwords are read from standard\n"
          "input, as is what `send` sends. The server is --url, $TINCAN_URL, or " USUAL_URL ".\n",
          out);
}

static bool read_number(const char *name, const char *text, long *out, struct fault *fault)
{
    char *end;
    *out = strtol(text, &end, 10);
    if (end != text && *end == '\0' && *out >= 0 && *out <= 1000000)
        return true;
    return fault_set(fault, USAGE, name, "must be a number from 0 to 1000000");
}

static bool read_option(int letter, struct options *options, const char **url, struct fault *fault)
{
    switch (letter) {
    case 'u':
        *url = optarg;
        return true;
    case 'd':
        options->display_name = optarg;
        return true;
    case 'n':
        return read_number("-n", optarg, &options->count, fault);
    case 't':
        return read_number("--timeout", optarg, &options->timeout_s, fault);
    case 'j':
        return options->json = true;
    case 'm':
        return options->mine = true;
    case 'p':
        return options->private = true;
    case 'h':
        return options->hidden = true;
    case 'l':
        return options->lines = true;
    case 'f':
        return options->follow = true;
    default:
        return fault_set(fault, USAGE, "", "see tincan --help");
    }
}

/* What was given, and which letters of it. */
static bool read_options(int argc, char **argv, struct options *options, char *given, size_t size,
                         struct fault *fault)
{
    const char *url = getenv("TINCAN_URL");
    size_t count = 0;
    for (int letter; (letter = getopt_long(argc, argv, "n:fV", long_options, NULL)) != -1;) {
        if (letter == 'V' || letter == '?' + 256) {
            letter == 'V' ? (void)puts("tincan " TC_VERSION) : print_usage(stdout);
            exit(DONE);
        }
        if (!read_option(letter, options, &url, fault))
            return false;
        if (strchr("uj", letter) == NULL && count + 1 < size)
            given[count++] = (char)letter;
    }
    if (url == NULL || url[0] == '\0')
        url = USUAL_URL;
    return url_parse(url, &options->url) ||
           fault_set(fault, USAGE, "url", "must be like " USUAL_URL ", and is \"%s\"", url);
}

static bool run(int argc, char **argv, struct fault *fault)
{
    struct options options = {.count = COUNT, .timeout_s = FOR_EVER};
    char given[16] = "";
    if (!read_options(argc, argv, &options, given, sizeof(given), fault))
        return false;
    for (int i = optind; i < argc; i++)
        if (!tc_utf8_valid(argv[i], strlen(argv[i])))
            return fault_set(fault, USAGE, "", "the arguments are not UTF-8");
    for (size_t i = 0; optind < argc && i < TC_COUNT(commands); i++) {
        if (strcmp(argv[optind], commands[i].name) != 0)
            continue;
        int count = argc - optind - 1;
        if (count < commands[i].least || count > commands[i].most ||
            given[strspn(given, commands[i].options)] != '\0')
            return fault_set(fault, USAGE, "", "usage: tincan %s %s", commands[i].name,
                             commands[i].usage);
        memcpy(options.operands, argv + optind + 1, (size_t)count * sizeof(*argv));
        return commands[i].run(&options, fault);
    }
    print_usage(stderr);
    return fault_set(fault, USAGE, "", "%s",
                     optind < argc ? "there is no such command" : "which command?");
}

bool command_as_user(const struct options *options, long timeout_s,
                     bool (*run_as)(struct client *client, const struct options *options,
                                    struct fault *fault),
                     struct fault *fault)
{
    char *token = NULL;
    if (!keep_find(&options->url, &token, fault))
        return false;
    struct client client = {
        .url = options->url,
        .token = token,
        .patience_ms = timeout_s == FOR_EVER ? -1 : timeout_s * 1000,
    };
    bool done = run_as(&client, options, fault);
    client_done(&client);
    free(token);
    return done;
}

int main(int argc, char **argv)
{
    struct fault fault = {0};
    signal(SIGPIPE, SIG_DFL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool done = run(argc, argv, &fault);
    if (done && (fflush(stdout) != 0 || ferror(stdout)))
        done = fault_set(&fault, REFUSED, "standard output", "could not be written");
    if (!done)
        fault_print(&fault);
    return done ? DONE : (int)fault.outcome;
}
