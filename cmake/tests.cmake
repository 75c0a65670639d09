# leat_test(NAME name SOURCES … [LIBRARIES …] [TIMEOUT seconds] [PROPERTIES name value …])
# One GoogleTest executable. `*_test.cpp`: no socket, no sleep, no real clock. `*_redistest.cpp`: starts a private redis-server.
include(GoogleTest)

function(leat_test)
    cmake_parse_arguments(PARSE_ARGV 0 test "" "NAME;TIMEOUT" "SOURCES;LIBRARIES;PROPERTIES")
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 120)
    endif()
    add_executable(${test_NAME} ${test_SOURCES})
    target_link_libraries(${test_NAME} PRIVATE leat leat_usage leat_test_support leat_project_options ${test_LIBRARIES}
                          GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${test_NAME} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${test_TIMEOUT} ${test_PROPERTIES})
endfunction()

# leat_test_as_role(ROLE role TEST program [FILTER gtest filter] [TIMEOUT seconds])
# The tests of such a program once more, in one process, with the rights that `leat acl` gives to a role.
function(leat_test_as_role)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "ROLE;TEST;FILTER;TIMEOUT" "")
    if(NOT it_TIMEOUT)
        set(it_TIMEOUT 120)
    endif()
    if(NOT it_FILTER)
        set(it_FILTER *)
    endif()
    add_test(NAME ${it_TEST}.as_${it_ROLE} COMMAND ${it_TEST} --gtest_brief=1 --gtest_filter=${it_FILTER})
    set_tests_properties(${it_TEST}.as_${it_ROLE} PROPERTIES ENVIRONMENT LEAT_TEST_ACL=${it_ROLE} TIMEOUT ${it_TIMEOUT})
endfunction()
