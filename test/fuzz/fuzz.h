// What the fuzz targets share. A target is one LLVMFuzzerTestOneInput(): libFuzzer calls it with
// any bytes (`npm run fuzz`), and replay.cc with those of the corpus.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace berkeley::fuzz {

// Ends the run, so that the input at hand is kept and shown, where a property does not hold.
#define FUZZ_EXPECT(condition)                                                            \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                            \
    }                                                                                     \
  } while (0)

// A block of the heap of just so many bytes: AddressSanitizer sees whoever reads past them.
class ExactBlock {
 public:
  ExactBlock(size_t size, uint8_t filler) : bytes_(static_cast<uint8_t*>(malloc(size))) {
    if (size > 0) memset(bytes_, filler, size);
  }
  ExactBlock(const void* data, size_t size) : ExactBlock(size, uint8_t{0}) {
    if (size > 0) memcpy(bytes_, data, size);
  }
  ~ExactBlock() { free(bytes_); }
  ExactBlock(const ExactBlock&) = delete;
  ExactBlock& operator=(const ExactBlock&) = delete;

  uint8_t* bytes() { return bytes_; }
  template <typename T>
  T& as() {
    return *reinterpret_cast<T*>(bytes_);
  }

 private:
  uint8_t* bytes_;
};

// Values out of an input, from its front; 0 where it has ended.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename T>
  T Take() {
    T value = 0;
    const size_t count = size_ < sizeof(T) ? size_ : sizeof(T);
    if (count > 0) memcpy(&value, data_, count);
    data_ += count;
    size_ -= count;
    return value;
  }

  void Skip(size_t count) {
    data_ += count;
    size_ -= count;
  }

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace berkeley::fuzz
