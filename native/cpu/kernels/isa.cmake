# cpu/kernels/*.cpp holds vector code. It is compiled once per instruction set, each time into a
# namespace of its own (TRIALFORGE_ISA), and cpu/instruction_set.cpp picks one at run time.
file(GLOB TRIALFORGE_KERNEL_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)

# The register tiles are vectorised by hand; the compiler would put their pointers into vectors too.
set(TRIALFORGE_TILE_OPTIONS -fno-tree-slp-vectorize)
if(TRIALFORGE_SANITIZE MATCHES address)
  # AddressSanitizer watches the memory they work on, but not the tiles themselves, which are to live
  # in registers: guarding thousands of inlined scopes takes the compiler longer than all other files.
  list(APPEND TRIALFORGE_TILE_OPTIONS --param=asan-stack=0)
endif()
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/products.cpp PROPERTIES
  COMPILE_OPTIONS "${TRIALFORGE_TILE_OPTIONS}")

function(trialforge_add_kernels isa)
  add_library(trialforge_kernels_${isa} OBJECT ${TRIALFORGE_KERNEL_SOURCES})
  target_include_directories(trialforge_kernels_${isa} PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_compile_definitions(trialforge_kernels_${isa} PRIVATE TRIALFORGE_ISA=${isa})
  target_compile_options(trialforge_kernels_${isa} PRIVATE
    -Wall -Wextra -Wno-missing-field-initializers -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math ${ARGN})
  target_sources(trialforge_core PRIVATE $<TARGET_OBJECTS:trialforge_kernels_${isa}>)
endfunction()

trialforge_add_kernels(portable)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  trialforge_add_kernels(avx2 -mavx2 -mfma)
  trialforge_add_kernels(avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512)
  target_compile_definitions(trialforge_core PRIVATE TRIALFORGE_X86_KERNELS)
endif()
