#pragma once
// The version of the library, as in `leat --version`. CMake reads it from here.
#define LEAT_VERSION "0.1.0"
