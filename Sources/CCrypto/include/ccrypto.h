#ifndef GATEHOUSE_CCRYPTO_H
#define GATEHOUSE_CCRYPTO_H
#include <stddef.h>
#include <stdint.h>

/*
 * AES-256-GCM and SHA-256 by OpenSSL's libcrypto, found with dlopen when first asked for. Nothing is needed to build or to
 * run without it; the other functions must only be called when `available` says 1. All of them may be called by any thread.
 */
int gatehouse_crypto_available(void);

enum { gatehouse_gcm_key_bytes = 32, gatehouse_gcm_nonce_bytes = 12, gatehouse_gcm_tag_bytes = 16 };

/*
 * Encrypts `in_bytes` bytes into `out`, which has room for `in_bytes` and the tag that is written behind them.
 * Returns 1, or 0 on an error.
 */
int gatehouse_gcm_seal(const uint8_t *key, const uint8_t *nonce, const void *aad, size_t aad_bytes, const void *in,
                       size_t in_bytes, void *out);

/*
 * The reverse: `in_bytes` includes the tag, `out` has room for `in_bytes` less the tag. Returns 1; 0 on an error or when
 * the key, the nonce, the authenticated data or the text is another one, and then what is in `out` means nothing.
 */
int gatehouse_gcm_open(const uint8_t *key, const uint8_t *nonce, const void *aad, size_t aad_bytes, const void *in,
                       size_t in_bytes, void *out);

/* `out` has room for 32 bytes. Returns 1, or 0 on an error. */
int gatehouse_sha256(const void *in, size_t in_bytes, uint8_t *out);
#endif
