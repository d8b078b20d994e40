#include "testing.h"

int main(int argc, char** argv) { return trialforge::testing::run_cases(argc, argv); }
