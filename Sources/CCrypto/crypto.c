#include "ccrypto.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>

/* From OpenSSL's <openssl/evp.h>; the same since 1.1.0. */
enum { ctrl_get_tag = 0x10, ctrl_set_tag = 0x11 };

typedef struct evp_cipher_ctx_st context;

static struct {
    context *(*context_new)(void);
    void (*context_free)(context *);
    int (*context_ctrl)(context *, int, int, void *);
    const void *(*aes_256_gcm)(void);
    int (*encrypt_init)(context *, const void *, void *, const uint8_t *, const uint8_t *);
    int (*encrypt_update)(context *, uint8_t *, int *, const uint8_t *, int);
    int (*encrypt_final)(context *, uint8_t *, int *);
    int (*decrypt_init)(context *, const void *, void *, const uint8_t *, const uint8_t *);
    int (*decrypt_update)(context *, uint8_t *, int *, const uint8_t *, int);
    int (*decrypt_final)(context *, uint8_t *, int *);
    const void *(*sha256)(void);
    int (*digest)(const void *, size_t, uint8_t *, unsigned *, const void *, void *);
} api;

static int found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_library(void) {
#ifdef __APPLE__
    static const char *const names[] = {"libcrypto.3.dylib"};
#else
    static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.1.1"};
#endif
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        void *library = dlopen(names[index], RTLD_LAZY | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    return *function != NULL;
}

static void load(void) {
    void *library = open_library();
    found = library && find(library, "EVP_CIPHER_CTX_new", (void **)&api.context_new)
            && find(library, "EVP_CIPHER_CTX_free", (void **)&api.context_free)
            && find(library, "EVP_CIPHER_CTX_ctrl", (void **)&api.context_ctrl)
            && find(library, "EVP_aes_256_gcm", (void **)&api.aes_256_gcm)
            && find(library, "EVP_EncryptInit_ex", (void **)&api.encrypt_init)
            && find(library, "EVP_EncryptUpdate", (void **)&api.encrypt_update)
            && find(library, "EVP_EncryptFinal_ex", (void **)&api.encrypt_final)
            && find(library, "EVP_DecryptInit_ex", (void **)&api.decrypt_init)
            && find(library, "EVP_DecryptUpdate", (void **)&api.decrypt_update)
            && find(library, "EVP_DecryptFinal_ex", (void **)&api.decrypt_final)
            && find(library, "EVP_sha256", (void **)&api.sha256)
            && find(library, "EVP_Digest", (void **)&api.digest);
}

int gatehouse_crypto_available(void) {
    pthread_once(&once, load);
    return found;
}

int gatehouse_gcm_seal(const uint8_t *key, const uint8_t *nonce, const void *aad, size_t aad_bytes, const void *in,
                       size_t in_bytes, void *out) {
    uint8_t rest[gatehouse_gcm_tag_bytes];
    int written = 0;
    if (in_bytes > INT_MAX || aad_bytes > INT_MAX) return 0;
    context *gcm = api.context_new();
    if (!gcm) return 0;
    /* The nonce has GCM's own length, so nothing has to be said of it. */
    int ok = api.encrypt_init(gcm, api.aes_256_gcm(), NULL, key, nonce) == 1
             && api.encrypt_update(gcm, NULL, &written, aad, (int)aad_bytes) == 1
             && api.encrypt_update(gcm, out, &written, in, (int)in_bytes) == 1 && written == (int)in_bytes
             && api.encrypt_final(gcm, rest, &written) == 1 && written == 0
             && api.context_ctrl(gcm, ctrl_get_tag, gatehouse_gcm_tag_bytes, (uint8_t *)out + in_bytes) == 1;
    api.context_free(gcm);
    return ok;
}

int gatehouse_gcm_open(const uint8_t *key, const uint8_t *nonce, const void *aad, size_t aad_bytes, const void *in,
                       size_t in_bytes, void *out) {
    uint8_t rest[gatehouse_gcm_tag_bytes];
    int written = 0;
    if (in_bytes < gatehouse_gcm_tag_bytes || in_bytes > INT_MAX || aad_bytes > INT_MAX) return 0;
    size_t text_bytes = in_bytes - gatehouse_gcm_tag_bytes;
    context *gcm = api.context_new();
    if (!gcm) return 0;
    int ok = api.decrypt_init(gcm, api.aes_256_gcm(), NULL, key, nonce) == 1
             && api.decrypt_update(gcm, NULL, &written, aad, (int)aad_bytes) == 1
             && api.decrypt_update(gcm, out, &written, in, (int)text_bytes) == 1 && written == (int)text_bytes
             && api.context_ctrl(gcm, ctrl_set_tag, gatehouse_gcm_tag_bytes, (uint8_t *)(uintptr_t)in + text_bytes) == 1
             && api.decrypt_final(gcm, rest, &written) == 1;
    api.context_free(gcm);
    return ok;
}

int gatehouse_sha256(const void *in, size_t in_bytes, uint8_t *out) {
    unsigned written = 0;
    return api.digest(in, in_bytes, out, &written, api.sha256(), NULL) == 1 && written == 32;
}
