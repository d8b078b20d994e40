# Defines trialforge_device: the CUDA backend, or the same symbols without CUDA.
file(GLOB TRIALFORGE_NO_CUDA_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/no_cuda/*.cpp)
add_library(trialforge_device STATIC ${TRIALFORGE_NO_CUDA_SOURCES})
target_include_directories(trialforge_device PRIVATE ${CMAKE_CURRENT_LIST_DIR} ${CMAKE_CURRENT_LIST_DIR}/include)
