# Warnings and sanitizers of our own build; users of the library inherit none of this.
add_library(leat_project_options INTERFACE)
target_compile_features(leat_project_options INTERFACE cxx_std_23)
target_compile_options(leat_project_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                       -Wswitch -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 at -O2 warns about code inlined from the standard library and Asio and about operator new of coroutine frames (PR 105329, 105651, 104475).
    target_compile_options(leat_project_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                           -Wno-array-bounds -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-free-nonheap-object
                           -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # libstdc++ 12 uses, in std::stable_sort, what it calls deprecated itself. GCC tells us of others.
    target_compile_options(leat_project_options INTERFACE -Wno-deprecated-declarations)
endif()
if(CMAKE_UNITY_BUILD)
    # Several files as one: what is a file's own there may be hidden by another's, and is no mistake.
    target_compile_options(leat_project_options INTERFACE -Wno-shadow)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(leat_project_options INTERFACE -Wno-subobject-linkage)
    endif()
endif()
if(LEAT_WERROR)
    target_compile_options(leat_project_options INTERFACE -Werror)
endif()
if(LEAT_SANITIZE)
    target_compile_options(leat_project_options INTERFACE -fsanitize=${LEAT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(leat_project_options INTERFACE -fsanitize=${LEAT_SANITIZE})
    if(LEAT_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Asio uses atomic_thread_fence, which GCC's thread sanitizer cannot model.
        target_compile_options(leat_project_options INTERFACE -Wno-tsan)
    endif()
endif()
