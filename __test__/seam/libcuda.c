// A driver that answers what its environment says, for tests of what is half installed: no device, nothing is computed.
#include <stdlib.h>
#include <string.h>

static long said(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

int cuInit(unsigned flags) { return (int)said("FAKE_INIT", flags); }
int cuDriverGetVersion(int *version) { *version = (int)said("FAKE_VERSION", 13000); return 0; }
int cuDeviceGetCount(int *count) { *count = (int)said("FAKE_COUNT", 1); return 0; }
int cuDeviceGet(int *device, int index) { *device = index; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
  (void)device;
  strncpy(name, "imagined (no card)", (size_t)length);
  return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { (void)device; *context = context; return (int)said("FAKE_RETAIN", 0); }
int cuDevicePrimaryCtxRelease_v2(int device) { (void)device; return 0; }
int cuCtxSetCurrent(void *context) { (void)context; return 0; }
int cuDeviceGetAttribute(int *value, int which, int device) { (void)device; *value = which == 75 ? 9 : 0; return 0; }
int cuMemGetInfo_v2(size_t *free, size_t *total) {
  *total = (size_t)80 << 30;
  *free = (size_t)said("FAKE_FREE_MIB", 70000) << 20;
  return 0;
}
int cuGetErrorName(int code, const char **name) {
  *name = code == 100 ? "CUDA_ERROR_NO_DEVICE" : code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : code == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : 0;
  return *name ? 0 : 1;
}
int cuGetErrorString(int code, const char **text) { (void)code; *text = 0; return 1; }

// What a driver has besides; none of it is called where nothing is computed.
#define ABSENT(name) int name(void) { return 999; }
ABSENT(cuCtxSynchronize)
ABSENT(cuModuleLoadDataEx)
ABSENT(cuModuleUnload)
ABSENT(cuModuleGetFunction)
ABSENT(cuFuncGetAttribute)
ABSENT(cuMemAlloc_v2)
ABSENT(cuMemFree_v2)
ABSENT(cuMemcpyHtoD_v2)
ABSENT(cuMemcpyDtoH_v2)
ABSENT(cuLaunchKernel)
