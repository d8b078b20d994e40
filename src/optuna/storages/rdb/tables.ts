import type { Generated } from 'kysely';

/** The rows of Optuna's tables, schema v3.2.0.a. */
export interface Tables {
  studies: { study_id: Generated<number>; study_name: string };
  study_directions: {
    study_direction_id: Generated<number>;
    direction: string;
    study_id: number;
    objective: number;
  };
  study_user_attributes: StudyAttributes & { study_user_attribute_id: Generated<number> };
  study_system_attributes: StudyAttributes & { study_system_attribute_id: Generated<number> };
  trials: TrialRow;
  trial_user_attributes: TrialAttributes & { trial_user_attribute_id: Generated<number> };
  trial_system_attributes: TrialAttributes & { trial_system_attribute_id: Generated<number> };
  trial_params: {
    param_id: Generated<number>;
    trial_id: number;
    param_name: string;
    param_value: number;
    distribution_json: string;
  };
  trial_values: {
    trial_value_id: Generated<number>;
    trial_id: number;
    objective: number;
    value: number | null;
    value_type: string;
  };
  trial_intermediate_values: {
    trial_intermediate_value_id: Generated<number>;
    trial_id: number;
    step: number;
    intermediate_value: number | null;
    intermediate_value_type: string;
  };
  trial_heartbeats: {
    trial_heartbeat_id: Generated<number>;
    trial_id: number;
    heartbeat: string;
  };
  version_info: { version_info_id: number; schema_version: number; library_version: string };
  alembic_version: { version_num: string };
}

interface StudyAttributes {
  study_id: number;
  key: string;
  value_json: string;
}

interface TrialAttributes {
  trial_id: number;
  key: string;
  value_json: string;
}

interface TrialRow {
  trial_id: Generated<number>;
  number: number;
  study_id: number;
  state: string;
  datetime_start: string | null;
  datetime_complete: string | null;
}

/** The tables with rows of a trial, and what makes a row unique. */
export const trialTables = {
  trial_values: ['trial_id', 'objective'],
  trial_params: ['trial_id', 'param_name'],
  trial_user_attributes: ['trial_id', 'key'],
  trial_system_attributes: ['trial_id', 'key'],
  trial_intermediate_values: ['trial_id', 'step'],
  trial_heartbeats: ['trial_id'],
} as const satisfies Partial<Record<keyof Tables, readonly string[]>>;

export type TrialTableName = keyof typeof trialTables;

/** The tables with rows of a study, its trials aside. */
export const studyTables = [
  'study_directions',
  'study_user_attributes',
  'study_system_attributes',
] as const satisfies readonly (keyof Tables)[];
