# leat_fuzz(NAME name SOURCES … [LIBRARIES …])
# One libFuzzer target, with LEAT_FUZZ only. SOURCES: the target and the code under test, which is compiled once more with
# the fuzzer's coverage. Its seeds are the files of tests/fuzz/<name>/.
function(leat_fuzz)
    cmake_parse_arguments(PARSE_ARGV 0 fuzz "" "NAME" "SOURCES;LIBRARIES")
    if(NOT LEAT_FUZZ)
        return()
    endif()
    add_executable(${fuzz_NAME} ${fuzz_SOURCES})
    target_include_directories(${fuzz_NAME} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${fuzz_NAME} PRIVATE ${fuzz_LIBRARIES} leat leat_usage leat_project_options)
    target_compile_options(${fuzz_NAME} PRIVATE -fsanitize=fuzzer)
    target_link_options(${fuzz_NAME} PRIVATE -fsanitize=fuzzer)
endfunction()
