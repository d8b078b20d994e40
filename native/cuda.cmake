# Defines trialforge_device, the device backend: cuda/, or no_cuda/ with the same symbols.
# CMAKE_CUDA_ARCHITECTURES (or CUDAARCHS in the environment) may be given; the default has machine
# code for Ampere and Hopper, and PTX from which the driver makes code for newer devices.
set(TRIALFORGE_CUDA_MINIMUM 12.0)

# Sets TRIALFORGE_CUDA_FOUND, and TRIALFORGE_CUDA_MISSING to what is missing if it is not.
macro(trialforge_find_cuda)
  set(TRIALFORGE_CUDA_FOUND FALSE)
  find_package(CUDAToolkit QUIET)
  if(NOT CUDAToolkit_FOUND)
    set(TRIALFORGE_CUDA_MISSING "no CUDA toolkit was found")
  elseif(CUDAToolkit_VERSION VERSION_LESS TRIALFORGE_CUDA_MINIMUM)
    set(TRIALFORGE_CUDA_MISSING
      "the CUDA toolkit is ${CUDAToolkit_VERSION}; ${TRIALFORGE_CUDA_MINIMUM} or newer is needed")
  else()
    if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND CUDAToolkit_NVCC_EXECUTABLE)
      set(ENV{CUDACXX} ${CUDAToolkit_NVCC_EXECUTABLE})
    endif()
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
      set(TRIALFORGE_CUDA_FOUND TRUE)
    else()
      set(TRIALFORGE_CUDA_MISSING "nvcc does not work with this C++ compiler")
    endif()
  endif()
endmacro()

string(TOUPPER "${TRIALFORGE_CUDA}" TRIALFORGE_CUDA_WANTED)
if(NOT TRIALFORGE_CUDA_WANTED MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "TRIALFORGE_CUDA must be AUTO, ON or OFF, not '${TRIALFORGE_CUDA}'")
endif()
set(TRIALFORGE_CUDA_FOUND FALSE)
if(NOT TRIALFORGE_CUDA_WANTED STREQUAL OFF)
  trialforge_find_cuda()
  if(NOT TRIALFORGE_CUDA_FOUND AND TRIALFORGE_CUDA_WANTED STREQUAL ON)
    message(FATAL_ERROR "TRIALFORGE_CUDA is ON, but ${TRIALFORGE_CUDA_MISSING}")
  endif()
endif()

if(TRIALFORGE_CUDA_FOUND)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
  endif()
  enable_language(CUDA)
  # CMake before 3.26 does not know that nvcc 12 has C++20.
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  endif()
  message(STATUS "CUDA ${CUDAToolkit_VERSION} for architectures ${CMAKE_CUDA_ARCHITECTURES}")
  file(GLOB TRIALFORGE_DEVICE_SOURCES CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/cuda/*.cu ${CMAKE_CURRENT_LIST_DIR}/cuda/*.cpp)
  add_library(trialforge_device STATIC ${TRIALFORGE_DEVICE_SOURCES})
  set_target_properties(trialforge_device PROPERTIES
    CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF CUDA_RUNTIME_LIBRARY Static)
  target_compile_options(trialforge_device PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra>
    $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra -Xptxas=-v>)
  set_target_properties(trialforge_device PROPERTIES
    RULE_LAUNCH_COMPILE "sh ${CMAKE_CURRENT_LIST_DIR}/cuda/keep_ptxas.sh <OBJECT>")
  # The static runtime looks for the driver when it is first called, so what links it also loads
  # where there is none.
  target_link_libraries(trialforge_device PUBLIC CUDA::cudart_static)
else()
  if(TRIALFORGE_CUDA_WANTED STREQUAL AUTO)
    message(STATUS "Building without CUDA: ${TRIALFORGE_CUDA_MISSING}")
  endif()
  file(GLOB TRIALFORGE_DEVICE_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/no_cuda/*.cpp)
  add_library(trialforge_device STATIC ${TRIALFORGE_DEVICE_SOURCES})
  target_compile_options(trialforge_device PRIVATE -Wall -Wextra)
endif()
# No link to trialforge_core, which comes first on the linker's line and needs what is here; the one
# thing needed the other way round, Error, is in it by then.
target_include_directories(trialforge_device PRIVATE
  ${CMAKE_CURRENT_LIST_DIR} ${CMAKE_CURRENT_LIST_DIR}/include)
