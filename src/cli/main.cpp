#include "cli/commands.hpp"

int main(int argc, char** argv) {
    return spikewell::cli::run(argc, argv);
}
