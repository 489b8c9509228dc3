# The vector kernels are one set of sources (src/kernels/simd), compiled once per instruction set; each object file
# defines the table feri_kernels__<isa>. The plain C reference is compiled without contraction, so that it is the
# definition to the bit. An instruction set that the compiler lacks is left out; kernels.c picks at run time.
include(CheckCCompilerFlag)

file(GLOB FER_KERNEL_REF CONFIGURE_DEPENDS src/kernels/*.c src/kernels/ref/*.c)
file(GLOB FER_KERNEL_SIMD CONFIGURE_DEPENDS src/kernels/simd/*.c)

add_library(fer_kernels OBJECT ${FER_KERNEL_REF})
target_include_directories(fer_kernels PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(fer_kernels PRIVATE -ffp-contract=off)
if(FER_FUZZ AND NOT FER_TESTS) # fuzz_faces would spend its time in these loops; their sizes are the graph's, not the input's, and tests/kernels has them sanitized
    target_compile_options(fer_kernels PRIVATE -O3 -fno-sanitize=fuzzer-no-link,${FER_SANITIZE})
endif()
set(FER_KERNEL_OBJECTS $<TARGET_OBJECTS:fer_kernels>)

function(fer_add_isa isa)
    add_library(fer_kernels_${isa} OBJECT ${FER_KERNEL_SIMD})
    target_include_directories(fer_kernels_${isa} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(fer_kernels_${isa} PRIVATE FERI_ISA_NAME=${isa})
    # A multiplication and an addition of one expression become one instruction. gcc's "fast" means that; clang's chooses anew in
    # every copy of a function that it makes, and then the bits of a product depend on how it was cut. Its "on" is what is meant.
    set(contract $<IF:$<C_COMPILER_ID:GNU>,fast,on>)
    # Vector extensions are the point here, and -Wpsabi warns of passing vectors between functions that are all inlined.
    target_compile_options(fer_kernels_${isa} PRIVATE -O3 -ffp-contract=${contract} -Wno-pedantic -Wno-psabi ${ARGN})
    target_compile_options(fer_kernels_${isa} PRIVATE $<$<C_COMPILER_ID:Clang>:-Wno-pass-failed>) # of UNROLL where the rounds are not known
    if(FER_FUZZ AND NOT FER_TESTS) # as above; instrumented, these sources also take minutes to compile
        target_compile_options(fer_kernels_${isa} PRIVATE -fno-sanitize=fuzzer-no-link,${FER_SANITIZE})
    endif()
    set(FER_KERNEL_OBJECTS ${FER_KERNEL_OBJECTS} $<TARGET_OBJECTS:fer_kernels_${isa}> PARENT_SCOPE)
    string(TOUPPER ${isa} upper)
    target_compile_definitions(fer_kernels PRIVATE FERI_HAVE_${upper})
endfunction()

if(FER_SIMD)
    fer_add_isa(vec128)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
        fer_add_isa(avx2 -mavx2 -mfma -mtune=haswell)
        fer_add_isa(avx512 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma -mprefer-vector-width=512)
    endif()
endif()
