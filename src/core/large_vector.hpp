#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace spikewell {

/// Allocates on large pages where the system offers them (transparent huge pages), because synapses
/// are read at random places of arrays far larger than what the processor's page tables cover.
template <class T> struct LargePageAllocator {
    using value_type = T;
    static constexpr std::size_t k_page = std::size_t{1} << 21U;

    LargePageAllocator() = default;
    template <class U> explicit LargePageAllocator(const LargePageAllocator<U>&) {}

    [[nodiscard]] T* allocate(std::size_t n) {
        const std::size_t bytes = n * sizeof(T);
        return static_cast<T*>(is_large(bytes) ? map_pages(bytes) : ::operator new(bytes));
    }
    void deallocate(T* memory, std::size_t n) {
        if (is_large(n * sizeof(T))) {
            unmap_pages(memory, n * sizeof(T));
        } else {
            ::operator delete(memory);
        }
    }
    template <class U> bool operator==(const LargePageAllocator<U>&) const { return true; }

  private:
#ifdef MADV_HUGEPAGE
    static bool is_large(std::size_t bytes) {
        return bytes >= k_page / 2;
    }
    static std::size_t whole_pages(std::size_t bytes) {
        return (bytes + k_page - 1) / k_page * k_page;
    }
    // Fresh from the system, not from the heap, whose pages are small already.
    static void* map_pages(std::size_t bytes) {
        const std::size_t whole = whole_pages(bytes);
        void* const memory = mmap(nullptr, whole + k_page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        const auto address = reinterpret_cast<std::uintptr_t>(memory);
        const std::uintptr_t aligned = (address + k_page - 1) / k_page * k_page;
        if (aligned > address) munmap(memory, aligned - address);
        const std::size_t rest = k_page - (aligned - address);
        if (rest > 0) munmap(reinterpret_cast<void*>(aligned + whole), rest);
        (void)madvise(reinterpret_cast<void*>(aligned), whole, MADV_HUGEPAGE); // a wish
        return reinterpret_cast<void*>(aligned);
    }
    static void unmap_pages(void* memory, std::size_t bytes) {
        munmap(memory, whole_pages(bytes));
    }
#else
    static bool is_large(std::size_t) {
        return false;
    }
    static void* map_pages(std::size_t bytes) {
        return ::operator new(bytes);
    }
    static void unmap_pages(void* memory, std::size_t) {
        ::operator delete(memory);
    }
#endif
};

/// A vector for what is large and read at random.
template <class T> using LargeVector = std::vector<T, LargePageAllocator<T>>;

/// Whose resize leaves numbers as memory has them.
template <class T> struct UnsetAllocator : LargePageAllocator<T> {
    template <class U> struct rebind { using other = UnsetAllocator<U>; };

    UnsetAllocator() = default;
    template <class U> explicit UnsetAllocator(const UnsetAllocator<U>&) {}

    template <class U> void construct(U* at) { ::new (static_cast<void*>(at)) U; }
    template <class U, class... Value> void construct(U* at, Value&&... value) {
        ::new (static_cast<void*>(at)) U(std::forward<Value>(value)...);
    }
};
/// A large vector that is filled at once.
template <class T> using FilledVector = std::vector<T, UnsetAllocator<T>>;

} // namespace spikewell
