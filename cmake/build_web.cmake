# Script: installs the dashboard's packages and builds it.
#   NPM, SOURCE (web/), DIST (where to), STAMP (touched when the dashboard was built)
# The packages are installed again only when the lock file changed. Builds of several folders take turns.
file(LOCK ${SOURCE}/.build.lock GUARD PROCESS TIMEOUT 600)

file(SHA256 ${SOURCE}/package-lock.json wanted)
set(installed "")
set(note ${SOURCE}/node_modules/.leat-lock)
if(EXISTS ${note})
    file(READ ${note} installed)
endif()
if(NOT installed STREQUAL wanted)
    execute_process(COMMAND ${NPM} ci --no-audit --no-fund --fetch-retries=0 WORKING_DIRECTORY ${SOURCE}
                    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
        message(WARNING "The program is built without a dashboard: npm could not install its packages. Run 'npm ci' in "
                        "web/ to see why; the next build tries again.")
        return()
    endif()
    file(WRITE ${note} ${wanted})
endif()

execute_process(COMMAND ${NPM} run build -- --outDir ${DIST} --emptyOutDir WORKING_DIRECTORY ${SOURCE}
                RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
    message(FATAL_ERROR "The dashboard could not be built:\n${said}")
endif()
file(TOUCH ${STAMP})
