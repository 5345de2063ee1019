#include "trust.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>

/* Whether the folder has at least one name such as "02265526.0", by which OpenSSL finds a certificate. */
static bool is_hashed(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return false;
  struct dirent *entry;
  bool found = false;
  while (!found && (entry = readdir(folder)))
    found = strspn(entry->d_name, "0123456789abcdef") == 8 && strcmp(entry->d_name + 8, ".0") == 0;
  closedir(folder);
  return found;
}

/*
 * libcurl keeps a parsed bundle between connections only where no folder is set, and with both set it parses the
 * bundle each time (19 ms where Debian's is used). So one of them: the folder, from which OpenSSL takes single
 * certificates, else the bundle.
 */
CURLcode reseal__curl_trust(CURL *easy, const char *file, const char *path) {
#if LIBCURL_VERSION_NUM >= 0x075400
  if (!file && !path) {
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    char *own_file = NULL, *own_path = NULL;
    curl_easy_getinfo(easy, CURLINFO_CAINFO, &own_file);
    curl_easy_getinfo(easy, CURLINFO_CAPATH, &own_path);
    if (!own_file || !own_path) return CURLE_OK;
    if (tls && strstr(tls, "OpenSSL") && is_hashed(own_path)) return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  }
#endif
  if (!file && !path) return CURLE_OK;
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, file);
  if (!code) {
    code = curl_easy_setopt(easy, CURLOPT_CAPATH, path);
    if (!path && (code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN))
      code = CURLE_OK; /* a TLS backend without folders has none to leave out */
  }
  return code;
}
