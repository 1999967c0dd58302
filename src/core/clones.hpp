#pragma once

// SPIKEWELL_CLONES before a function compiles it for several instruction sets; the loader picks the
// one for the machine. Thread and address sanitizer cannot run the resolvers that this needs.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define SPIKEWELL_HAS_CLONES
#define SPIKEWELL_CLONES                                                                           \
    __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SPIKEWELL_CLONES
#endif
