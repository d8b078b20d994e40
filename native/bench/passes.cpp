#include "passes.h"

namespace trialforge::bench {
namespace {

void add(const std::string& name, const std::vector<Field>& fields,
         const std::vector<Workload>& workloads, std::vector<Case>& cases) {
  for (const Workload& work : workloads) {
    cases.push_back({name, work.pass, fields, work.flops, work.bytes, 0, work.prepare});
  }
}

}  // namespace

void add_conv2d(const Target& target, const std::string& name, const Conv2dShape& shape,
                Activation activation, bool input_gradient, std::vector<Case>& cases) {
  const std::vector<Field> fields = {
      {"batch", shape.batch},
      {"inHeight", shape.in_height},
      {"inWidth", shape.in_width},
      {"inChannels", shape.in_channels},
      {"kernelHeight", shape.kernel_height},
      {"kernelWidth", shape.kernel_width},
      {"outChannels", shape.out_channels},
      {"stride", shape.stride_height},
      {"outHeight", shape.out_height()},
      {"outWidth", shape.out_width()},
  };
  std::vector<Workload> workloads =
      conv2d_workloads(target.device, shape, activation, target.precision);
  if (!input_gradient) {
    std::erase_if(workloads, [](const Workload& work) { return work.pass == "backward input"; });
  }
  add(name, fields, workloads, cases);
}

void add_dense(const Target& target, const std::string& name, const DenseShape& shape,
               Activation activation, std::vector<Case>& cases) {
  add(name,
      {{"batch", shape.batch},
       {"inFeatures", shape.in_features},
       {"outFeatures", shape.out_features}},
      dense_workloads(target.device, shape, activation, target.precision), cases);
}

void add_pool2d(const Target& target, const std::string& name, PoolKind kind,
                const Pool2dShape& shape, std::vector<Case>& cases) {
  add(name,
      {{"max", kind == PoolKind::max},
       {"batch", shape.batch},
       {"inHeight", shape.in_height},
       {"inWidth", shape.in_width},
       {"channels", shape.channels},
       {"pool", shape.pool_height},
       {"stride", shape.stride_height},
       {"outHeight", shape.out_height()},
       {"outWidth", shape.out_width()}},
      pool2d_workloads(target.device, kind, shape), cases);
}

void add(const std::string& name, const std::vector<Workload>& workloads,
         std::vector<Case>& cases) {
  add(name, {}, workloads, cases);
}

}  // namespace trialforge::bench
