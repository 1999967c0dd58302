#ifndef SPIKEWELL_TESTS_FAULT_REPORT_H
#define SPIKEWELL_TESTS_FAULT_REPORT_H

#include <stdint.h> /* NOLINT(modernize-deprecated-headers): of C too */

/* What the preloaded fault library (fault_library.c) and the tests that set it up share. */

/* Kinds of calls. Those before FAULT_READ_OPEN change files; reading and threads are counted only
   when they are asked for by name. */
enum fault_call {
    FAULT_OPEN, /* for writing */
    FAULT_WRITE,
    FAULT_RENAME,
    FAULT_LINK,
    FAULT_SYNC,
    FAULT_CLOSE, /* of what was opened for writing */
    FAULT_TRUNCATE,
    FAULT_MKDIR,
    FAULT_UNLINK, /* and rmdir */
    FAULT_LOCK,
    FAULT_READ_OPEN,
    FAULT_READ,
    FAULT_THREAD, /* pthread_create */
    FAULT_N_CALLS
};

/* The file that SPIKEWELL_FAULT_REPORT names, kept up to date through a mapping of it. */
struct fault_report {
    uint64_t calls[FAULT_N_CALLS]; /* so many of each kind, counted or not */
    uint64_t counted;              /* of the kinds that were asked for */
    uint64_t bytes;                /* written */
    uint32_t struck;               /* 1: a call was made to fail, or the process killed */
    uint32_t call;                 /* its kind */
    char path[240];                /* its file, "" of a descriptor */
};

#endif
