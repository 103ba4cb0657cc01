// Gives a target the files named on the command line, one after the other: the corpus as a plain
// test, for any compiler.
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    fprintf(stderr, "%s\n", argv[i]);
    berkeley::fuzz::ExactBlock input(bytes.data(), bytes.size());
    LLVMFuzzerTestOneInput(input.bytes(), bytes.size());
  }
  printf("%d inputs\n", argc - 1);
  return 0;
}
