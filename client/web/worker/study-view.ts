import { type PlanSeries, type PlanStudy } from '../../core/package/plan.js';
import { type StudyView } from '../desk/view.js';

type InstanceView = StudyView['series'][number]['instances'][number];

/** A study as it was planned, or as it was collected, by its instances. */
type StudyOf<Instance> = Omit<PlanStudy, 'id' | 'series'> & {
  readonly series: readonly (Omit<PlanSeries, 'instances'> & { readonly instances: readonly Instance[] })[];
};

export function studyView<Instance>(
  study: StudyOf<Instance>,
  instanceView: (instance: Instance) => InstanceView,
): StudyView {
  return {
    uid: study.studyInstanceUid,
    patient: study.patient,
    date: study.date,
    time: study.time,
    description: study.description,
    accessionNumber: study.accessionNumber,
    referringPhysician: study.referringPhysician,
    series: study.series.map((series) => ({
      uid: series.seriesInstanceUid,
      modality: series.modality,
      number: series.number,
      description: series.description,
      instances: series.instances.map(instanceView),
    })),
  };
}
