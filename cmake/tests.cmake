# leat_test(NAME name SOURCES … [LIBRARIES …])
# One GoogleTest executable. `*_test.cpp`: no socket, no sleep, no real clock. `*_redistest.cpp`: starts a private redis-server.
include(GoogleTest)

function(leat_test)
    cmake_parse_arguments(PARSE_ARGV 0 test "" "NAME;TIMEOUT" "SOURCES;LIBRARIES")
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 120)
    endif()
    add_executable(${test_NAME} ${test_SOURCES})
    target_link_libraries(${test_NAME} PRIVATE leat leat_usage leat_test_support leat_project_options ${test_LIBRARIES}
                          GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${test_NAME} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${test_TIMEOUT})
endfunction()
