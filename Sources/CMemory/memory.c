#define _GNU_SOURCE
#include "cmemory.h"

#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The loader's lock is held here, so the object stays where it is. What the linker relocates stands in segments that may be
 * written, also what it protects afterwards (RELRO). */
static int release(struct dl_phdr_info *object, size_t bytes, void *page_bytes) {
    (void)bytes;
    uintptr_t page = *(uintptr_t *)page_bytes;
    /* The program itself has no name; the kernel's vDSO has one without a slash, and no file. */
    if (object->dlpi_name && object->dlpi_name[0] && !strchr(object->dlpi_name, '/')) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC) {
            const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
            for (; entry->d_tag != DT_NULL; entry++) {
                /* Relocations in machine code: never of ours, but then its pages are not those of the file. */
                if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL))) return 0;
            }
        }
    }
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
        (void)madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void gatehouse_release_read_only_segments(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(release, &page);
}
#else
void gatehouse_release_read_only_segments(void) {}
#endif
