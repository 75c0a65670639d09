# leat_layer(NAME name SOURCES … [LINK layers…] [LIBRARIES external targets…])
# One folder of src/ = one object library `leat_<name>`; `leat` (libleat.a) is made of all of them.
# Sources are compiled with a precompiled header where the layer uses Asio, which halves the build.
add_library(leat_usage INTERFACE)  # what every layer needs to compile

function(leat_layer)
    cmake_parse_arguments(PARSE_ARGV 0 layer "" "NAME;PCH" "SOURCES;LINK;LIBRARIES")
    set(target leat_${layer_NAME})
    add_library(${target} OBJECT ${layer_SOURCES})
    target_link_libraries(${target} PUBLIC leat_usage ${layer_LIBRARIES} PRIVATE leat_project_options)
    foreach(below IN LISTS layer_LINK)
        target_link_libraries(${target} PUBLIC leat_${below})
    endforeach()
    if(layer_PCH)
        target_precompile_headers(${target} PRIVATE ${layer_PCH})
    endif()
    set_property(GLOBAL APPEND PROPERTY LEAT_LAYERS ${target})
endfunction()
